/** Families of controllers, as tokens and settings name them. */
export const FAMILIES = [
  "idrac8",
  "idrac9",
  "ilo",
  "megarac",
  "megarac-sp",
  "supermicro",
  "openbmc",
  "xcc",
  "generic",
] as const;

export type PlatformName = (typeof FAMILIES)[number];

/** Other names for the same: generations and makers. */
export const ALIASES = {
  idrac7: "idrac8",
  idrac10: "idrac9",
  ilo4: "ilo",
  ilo5: "ilo",
  ilo6: "ilo",
  ami: "megarac",
  asrockrack: "megarac",
  gigabyte: "megarac",
  tyan: "megarac",
  lenovo: "xcc",
} as const satisfies Readonly<Record<string, PlatformName>>;

/** The family that a name (in any case) means; undefined where it means none. */
export function familyNamed(name: string): PlatformName | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(ALIASES, lower)) return ALIASES[lower as keyof typeof ALIASES];
  return FAMILIES.find((family) => family === lower);
}
