import { z } from "zod";
import type { Configuration } from "./configuration.ts";

/** What is said about one setting beside how it is parsed: for the environment, messages and the documentation. */
export interface SettingInfo {
  /** The environment variable. */
  readonly env: string;
  /** One sentence for the documentation. */
  readonly help: string;
  /** The default as the documentation shows it. */
  readonly shown: string;
  /** The value is a file's or folder's path (or a URL): relative to the file's folder when it comes from the file. */
  readonly path?: true;
  /** The value must never be printed. */
  readonly secret?: true;
  /** The key beside it that takes this one's place. */
  readonly instead?: string;
  /** Taken up at a start only: where its value is, to be told of when it changed. Any other is taken up at once. */
  readonly atStart?: (configuration: Configuration) => unknown;
}

export interface Setting extends SettingInfo {
  /** Keys from the file's root. */
  readonly keys: readonly string[];
}

const infos = z.registry<SettingInfo>();

/** Declares one setting of a section. */
export function setting<Schema extends z.ZodType>(schema: Schema, info: SettingInfo): Schema {
  infos.add(schema, info);
  return schema;
}

type Absent<Shape extends z.ZodRawShape> = z.core.util.NoUndefined<z.input<z.ZodObject<Shape, z.core.$strict>>>;

/** A group of settings, each with a default or optional; a key that is not listed is a fault. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).prefault({} as Absent<Shape>);
}

/** Every setting below a section, in the order of declaration. */
export function settingsOf(schema: unknown, keys: readonly string[] = []): Setting[] {
  return Object.entries(shapeOf(schema)).flatMap(([name, member]) => {
    const info = infos.get(member);
    return info ? [{ ...info, keys: [...keys, name] }] : settingsOf(member, [...keys, name]);
  });
}

/** The keys that the section at `keys` knows; empty where there is none. */
export function knownKeys(schema: unknown, keys: readonly PropertyKey[]): string[] {
  const [first, ...rest] = keys;
  const shape = shapeOf(schema);
  if (first === undefined) return Object.keys(shape);
  const list = bare(schema);
  return knownKeys(list instanceof z.ZodArray ? list.element : shape[String(first)], rest);
}

function bare(schema: unknown): unknown {
  const wrapped = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return wrapped ? bare(schema.unwrap()) : schema;
}

/** The keys of a section; of a list, those of each entry are reached by its position. */
function shapeOf(schema: unknown): Readonly<Record<string, z.ZodType>> {
  const object = bare(schema);
  return object instanceof z.ZodObject ? (object.shape as Record<string, z.ZodType>) : {};
}
