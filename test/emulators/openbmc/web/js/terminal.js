import { element } from "./dom.js";

const KEYS = { Enter: "\r", Backspace: "\x7f" };
const LINES = 500;

/** A small teletype: text, carriage return, line feed and backspace, which is all that the console sends. */
export class Terminal {
  #lines = [""];
  #column = 0;

  constructor() {
    this.element = element("pre", { className: "terminal", tabIndex: 0 });
  }

  /** Calls back with what is typed or pasted. */
  onText(send) {
    this.element.onkeydown = (event) => {
      const text = typedText(event);
      if (text === null) return;
      event.preventDefault();
      send(text);
    };
    this.element.onpaste = (event) => send(event.clipboardData.getData("text"));
  }

  write(text) {
    for (const character of text) this.#put(character);
    this.#lines.splice(0, this.#lines.length - LINES);
    this.#draw();
  }

  #put(character) {
    const line = this.#lines.at(-1);
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#lines.push("");
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else {
      this.#lines[this.#lines.length - 1] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #draw() {
    const [last, before] = [this.#lines.at(-1), this.#lines.slice(0, -1)];
    const cursor = element("span", { className: "cursor" }, last[this.#column] ?? " ");
    const text = [...before, last.slice(0, this.#column)].join("\n");
    this.element.replaceChildren(text, cursor, last.slice(this.#column + 1));
    this.element.scrollTop = this.element.scrollHeight;
  }
}

/** What a key types, or null for those that type nothing. */
function typedText(event) {
  if (event.ctrlKey && event.key === "c") return "\x03";
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return KEYS[event.key] ?? (event.key.length === 1 ? event.key : null);
}
