/** GET /version: the Kubernetes release whose API this server follows. */
export const versionInfo = {
  major: "1",
  minor: "34",
  emulationMajor: "1",
  emulationMinor: "34",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "33",
  gitVersion: "v1.34.1+keelson",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2025-09-09T00:00:00Z",
  goVersion: `node${process.versions.node}`,
  compiler: "node",
  platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
} as const;
