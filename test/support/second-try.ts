import process from "node:process";

/** The reporter that names every test that passed at its second try. */
export const SECOND_TRIES = "./test/support/second-try-reporter.ts";

/**
 * Where nobody is there to look, a test with processes and clocks that fails on a strange machine is tried once more: a
 * fault fails again, and what passes then is named, so that it can be made steady. Not for tests that draw their inputs:
 * they would draw others.
 */
export const TRIES_AGAIN = process.env.CI ? 1 : 0;
