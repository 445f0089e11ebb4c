export async function soak(_: { program: string; minutes: number }): Promise<boolean> {
  return false;
}
