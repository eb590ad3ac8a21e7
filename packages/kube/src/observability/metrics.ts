/** The registry behind `/metrics`. One per process; every package adds to it. */
import { Registry } from "prom-client";

/** Metrics of this process; `healthServer` serves them. */
export const metrics: Registry = new Registry();
