/** The server as a library: for tests and for whoever runs it inside another process. */
export { type RunningServer, type ServerOptions, startServer, VERSION } from "./server.ts";
