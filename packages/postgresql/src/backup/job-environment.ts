/** The variables of a Job's container: its own, and those of `spec.containerOptions` that do not change what the Job is for. Pure. */
import type { Container, EnvVar } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";

/** @param given what a PerconaPGBackup or a PerconaPGRestore asks for */
export function jobEnvironment(
  { env = [], envFrom = [] }: Pick<Container, "env" | "envFrom">,
  given: PerconaPGBackup["spec"]["containerOptions"],
): Pick<Container, "env" | "envFrom"> {
  const own = new Set(env.map(({ name }) => name));
  const wanted = (given?.env ?? []) as unknown as EnvVar[];
  return {
    env: [...env, ...wanted.filter(({ name }) => !own.has(name) && !name.startsWith("KEELSON_"))],
    envFrom: [...envFrom, ...((given?.envFrom ?? []) as never[])],
  };
}
