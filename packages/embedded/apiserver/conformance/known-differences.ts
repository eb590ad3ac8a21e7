/** Commands whose output differs from Kubernetes for a reason: each with it. */
export const knownDifferences: ReadonlyMap<string, string> = new Map([
  [
    `patch cm settings -p '{"data":{"n":1}}'`,
    "the 422 of a wrong type in a strategic patch prints a Go map; ours says the same as for an update",
  ],
  [`patch pod solo -p '{"spec":{"priority":5}}'`, "the message ends in a diff of Go structs; ours names the fields"],
  [
    `patch job once -p '{"spec":{"template":{"spec":{"containers":[{"name":"once","image":"x"}]}}}}'`,
    "prints a Go struct",
  ],
  [`patch pvc data -p '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}'`, "diff of Go structs"],
  [`patch pvc data -p '{"spec":{"accessModes":["ReadWriteMany"]}}'`, "diff of Go structs"],
  [`patch rolebinding x -p '{"roleRef":{"name":"edit"}}'`, "prints a Go struct"],
  ["get cs", "component statuses are deprecated and not served"],
  ["get leases -A", "a real server has a lease of its own identity"],
  ["get ep,endpointslices -n default", "the test's servers have different ports"],
  ["auth whoami", "the fingerprint of the test's own certificate"],
  ["run two --image=x", "upstream charges a quota only after its controller has counted; ours counts at once"],
  ["get svc kubernetes -n default -o yaml", "the test's servers have different ports"],
  ["explain pod --recursive=false", "our OpenAPI has no descriptions of built-in kinds"],
  ["explain deployments.spec.strategy", "our OpenAPI has no descriptions of built-in kinds"],
]);
