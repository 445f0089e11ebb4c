import { describe, expect, test } from "vitest";
import { readForm } from "../src/form.ts";

const post = (body: BodyInit, type: string) =>
  new Request("https://k7.example.test/gpsession", { method: "POST", body, headers: { "content-type": type } });
const FORM = "application/x-www-form-urlencoded";

describe("what is posted to us", () => {
  test("a form's fields, decoded", async () => {
    expect(await readForm(post("token=a.b%2Ec&x=1", FORM))).toEqual(
      new Map([
        ["token", "a.b.c"],
        ["x", "1"],
      ]),
    );
  });

  test("JSON: its texts alone", async () => {
    expect(await readForm(post('{"token":"a","n":1,"o":{}}', "application/json"))).toEqual(new Map([["token", "a"]]));
    for (const odd of ["null", "[]", '"x"', "1"]) expect((await readForm(post(odd, "application/json")))?.size).toBe(0);
  });

  test("nothing that cannot be read", async () => {
    expect(await readForm(post("{", "application/json"))).toBeUndefined();
  });

  test("a body without end is given up at its first bytes too many", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(4096).fill(97));
      },
    });
    const request = new Request("https://k7.example.test/gpsession", {
      method: "POST",
      body,
      duplex: "half",
    } as RequestInit);
    expect(await readForm(request)).toBeUndefined();
    expect(pulled).toBeLessThan(10);
  });
});
