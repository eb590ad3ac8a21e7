/** Where all state is unless the person says otherwise. */
export const defaultData = "/var/lib/keelson";

/** What a command in a hint needs so that it reaches the same cluster: nothing, or ` --data DIR`. */
export function dataOption(data: string): string {
  return data === defaultData ? "" : ` --data ${data}`;
}
