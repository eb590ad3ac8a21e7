/**
 * Loaded into each program before its own code: writes the compiled code to the cache while the program runs, where Node would only
 * at an orderly end. The next start is quicker and needs a quarter less memory, since it does not load what strips the types.
 */
import { flushCompileCache } from "node:module";

/** By then a program has loaded what it loads. */
const afterMs = 20_000;

setTimeout(flushCompileCache, afterMs).unref();
