/** Who a container runs as: numbers from the pod, names from the image's own /etc/passwd. */

import type { ContainerUser } from "./config.ts";
import { readRootFile } from "./root-file.ts";

/** An account file that is longer is none. */
const LARGEST_FILE_BYTES = 1024 * 1024;

export interface UserRequest {
  /** The image's USER: `name`, `uid`, `name:group`, `uid:gid`, or nothing for root. */
  readonly imageUser: string | undefined;
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  readonly supplementalGroups: readonly number[];
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface ResolvedUser extends ContainerUser {
  /** For $HOME. */
  readonly home: string;
}

/** Looks the user up in the image. Throws when the image names a user that it does not have. */
export async function resolveUser(rootfs: string, request: UserRequest): Promise<ResolvedUser> {
  const [passwd, group] = await Promise.all([readLines(rootfs, "/etc/passwd"), readLines(rootfs, "/etc/group")]);
  const accounts = passwd.map(account).filter((entry) => entry !== undefined);
  const [userWord = "", groupWord] = (request.imageUser ?? "").split(":", 2);
  const own =
    request.runAsUser === undefined
      ? findAccount(accounts, userWord)
      : accounts.find(({ uid }) => uid === request.runAsUser);
  const uid = request.runAsUser ?? own?.uid ?? number(userWord);
  if (uid === undefined) throw new Error(`the image's user ${userWord} is not in its /etc/passwd`);

  const fromImage =
    groupWord === undefined || request.runAsUser !== undefined ? own?.gid : (groupId(group, groupWord) ?? own?.gid);
  const gid = request.runAsGroup ?? fromImage ?? 0;
  const listed = own === undefined ? [] : groupsOf(group, own.name);
  const groups = [...new Set([...listed, ...request.supplementalGroups])].filter((id) => id !== gid);
  return { uid, gid, groups, home: own?.home ?? (uid === 0 ? "/root" : "/") };
}

function findAccount(accounts: readonly Account[], word: string): Account | undefined {
  if (word === "") return accounts.find(({ uid }) => uid === 0) ?? { name: "root", uid: 0, gid: 0, home: "/root" };
  const uid = number(word);
  return accounts.find((entry) => (uid === undefined ? entry.name === word : entry.uid === uid));
}

async function readLines(rootfs: string, file: string): Promise<string[][]> {
  const text = (await readRootFile(rootfs, file, LARGEST_FILE_BYTES)) ?? "";
  return text.split("\n").map((line) => line.split(":"));
}

function account(fields: readonly string[]): Account | undefined {
  const [name = "", , uid = "", gid = "", , home = "/"] = fields;
  return fields.length < 6 ? undefined : { name, uid: Number(uid), gid: Number(gid), home };
}

function groupId(groups: readonly string[][], word: string): number | undefined {
  return number(word) ?? number(groups.find(([name]) => name === word)?.[2] ?? "");
}

function groupsOf(groups: readonly string[][], user: string): number[] {
  return groups.filter((fields) => (fields[3] ?? "").split(",").includes(user)).map((fields) => Number(fields[2]));
}

function number(word: string): number | undefined {
  return /^\d+$/.test(word) ? Number(word) : undefined;
}
