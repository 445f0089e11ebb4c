import type { Machine } from "./machine.ts";

const PROMPT = "root@k7f3:~# ";
const BANNER = "\r\nSerial console of k7f3. Type help for what there is.\r\n\r\n";

const HELP = [
  "help                     this list",
  "uname                    what runs here",
  "date                     the controller's clock",
  "echo WORDS               the words again",
  "power status|on|off      the machine's power",
  "sensors                  temperatures, fans, watts",
];

/** A line-edited shell as a serial line carries it: characters in, echo and answers out. */
export class Shell {
  readonly #machine: Machine;
  readonly #now: () => number;
  #line = "";

  constructor(machine: Machine, now: () => number) {
    this.#machine = machine;
    this.#now = now;
  }

  greeting(): string {
    return BANNER + PROMPT;
  }

  /** What the terminal shows in answer to these characters. */
  feed(input: string): string {
    return Array.from(input, (character) => this.#key(character)).join("");
  }

  #key(character: string): string {
    switch (character) {
      case "\r":
      case "\n":
        return `\r\n${this.#enter()}${PROMPT}`;
      case "\b":
      case "\x7f":
        return this.#erase();
      case "\x03":
        this.#line = "";
        return `^C\r\n${PROMPT}`;
      default:
        if (character < " ") return "";
        this.#line += character;
        return character;
    }
  }

  #erase(): string {
    if (this.#line === "") return "";
    this.#line = this.#line.slice(0, -1);
    return "\b \b";
  }

  #enter(): string {
    const words = this.#line.trim().split(/\s+/);
    this.#line = "";
    const lines = this.#run(words[0] ?? "", words.slice(1));
    return lines.map((line) => `${line}\r\n`).join("");
  }

  #run(command: string, words: readonly string[]): readonly string[] {
    switch (command) {
      case "":
        return [];
      case "help":
        return HELP;
      case "uname":
        return ["Linux k7f3 6.6.0-emulated armv7l GNU/Linux"];
      case "date":
        return [new Date(this.#now()).toUTCString()];
      case "echo":
        return [words.join(" ")];
      case "power":
        return this.#power(words[0] ?? "status");
      case "sensors":
        return this.#sensors();
      default:
        return [`${command}: not found. Type help for what there is.`];
    }
  }

  #power(wanted: string): readonly string[] {
    if (wanted === "on") this.#machine.reset("On");
    else if (wanted === "off") this.#machine.reset("ForceOff");
    else if (wanted !== "status") return ["power status|on|off"];
    return [`Machine power is ${this.#machine.power}.`];
  }

  #sensors(): readonly string[] {
    const readings = this.#machine.readings(this.#now());
    return [
      `inlet       ${readings.inletCelsius.toFixed(1)} C`,
      `processors  ${readings.processorCelsius.toFixed(1)} C`,
      `fans        ${readings.fanPercent} %`,
      `power       ${readings.watts} W`,
    ];
  }
}
