import { compareElements, type PathElement, printElement } from "./path-element.ts";

export type Path = readonly PathElement[];

/**
 * A set of paths, as a tree. A path can be a member itself, have members below it, or both. Sets are changed only by
 * `insert`, while they are built; the operations return new ones and share what they can.
 */
export class FieldSet {
  readonly members = new Set<PathElement>();
  readonly children = new Map<PathElement, FieldSet>();

  static of(...paths: readonly Path[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  insert(path: Path): void {
    let set: FieldSet = this;
    path.forEach((element, index) => {
      if (index === path.length - 1) set.members.add(element);
      else set = set.child(element);
    });
  }

  /** The set below an element, made when there is none. */
  child(element: PathElement): FieldSet {
    let child = this.children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    return child;
  }

  isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) {
      if (!child.isEmpty()) return false;
    }
    return true;
  }

  has(path: Path): boolean {
    let set: FieldSet | undefined = this;
    for (const [index, element] of path.entries()) {
      if (index === path.length - 1) return set.members.has(element);
      set = set.children.get(element);
      if (set === undefined) return false;
    }
    return false;
  }

  union(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) result.members.add(element);
    for (const element of other.members) result.members.add(element);
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      result.children.set(element, theirs === undefined ? child : child.union(theirs));
    }
    for (const [element, child] of other.children) {
      if (!this.children.has(element)) result.children.set(element, child);
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) {
      if (other.members.has(element)) result.members.add(element);
    }
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      if (theirs === undefined) continue;
      const shared = child.intersection(theirs);
      if (!shared.isEmpty()) result.children.set(element, shared);
    }
    return result;
  }

  /** Whether the two have a member in common. */
  intersects(other: FieldSet): boolean {
    for (const element of this.members) {
      if (other.members.has(element)) return true;
    }
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      if (theirs !== undefined && child.intersects(theirs)) return true;
    }
    return false;
  }

  /** Without the other's members. What lies below one of them stays. */
  difference(other: FieldSet): FieldSet {
    return this.#without(other, false);
  }

  /** Without the other's members and all that lies below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.#without(other, true);
  }

  #without(other: FieldSet, recursive: boolean): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) {
      if (!other.members.has(element)) result.members.add(element);
    }
    for (const [element, child] of this.children) {
      if (recursive && other.members.has(element)) continue;
      const theirs = other.children.get(element);
      const rest = theirs === undefined ? child : child.#without(theirs, recursive);
      if (!rest.isEmpty()) result.children.set(element, rest);
    }
    return result;
  }

  /** Every member: those of a level first, then those below each of its elements. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const element of [...this.members].sort(compareElements)) yield [...prefix, element];
    const below = [...this.children].sort(([a], [b]) => compareElements(a, b));
    for (const [element, child] of below) yield* child.paths([...prefix, element]);
  }
}

export function printPath(path: Path): string {
  return path.map(printElement).join("");
}
