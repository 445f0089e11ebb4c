/** Who may log in. */
export interface Account {
  readonly user: string;
  readonly password: string;
}
