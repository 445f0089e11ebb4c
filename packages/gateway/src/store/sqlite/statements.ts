import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

type Values = readonly (SQLInputValue | undefined)[];

/** Statements of one database, each prepared once. `undefined` is written as NULL. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** How many rows it changed. */
  run(sql: string, ...values: Values): number {
    return Number(this.#prepare(sql).run(...values.map(orNull)).changes);
  }

  /** Rows, which the caller knows to be of this shape; columns that are NULL are left out. */
  all<Row extends object>(sql: string, ...values: Values): Row[] {
    return this.#prepare(sql)
      .all(...values.map(orNull))
      .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row);
  }

  first<Row extends object>(sql: string, ...values: Values): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

function orNull(value: SQLInputValue | undefined): SQLInputValue {
  return value ?? null;
}
