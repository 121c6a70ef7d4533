import type { Fingerprint } from '../labels/fingerprint.ts';
import type { Mute } from './effects.ts';

/** Which alerts each source mutes, by what is on record of the members of groups: an index, kept up to date by whoever changes them. */
export class InhibitedMembers {
  /** By member: what mutes it. */
  readonly #sourceOf = new Map<string, Fingerprint>();
  /** By source: the members, and which alert each is. */
  readonly #members = new Map<Fingerprint, Map<string, Fingerprint>>();
  #changed = new Set<Fingerprint>();

  set(groupId: string, fingerprint: Fingerprint, mute: Mute | undefined): void {
    const source = mute?.kind === 'inhibited' ? mute.by : undefined;
    if (source === undefined && this.#sourceOf.size === 0) return;
    const member = `${groupId}\u{0}${fingerprint}`;
    const before = this.#sourceOf.get(member);
    if (before === source) return;
    if (before !== undefined) {
      const members = this.#members.get(before);
      members?.delete(member);
      if (members?.size === 0) this.#members.delete(before);
      this.#sourceOf.delete(member);
      this.#changed.add(before);
    }
    if (source === undefined) return;
    const members = this.#members.get(source) ?? new Map<string, Fingerprint>();
    members.set(member, fingerprint);
    this.#members.set(source, members);
    this.#sourceOf.set(member, source);
    this.#changed.add(source);
  }

  /** The alerts that a source mutes, each once. */
  of(source: Fingerprint): Set<Fingerprint> {
    return new Set(this.#members.get(source)?.values());
  }

  /** The sources that have come to mute more or fewer alerts since the last call. */
  drain(): ReadonlySet<Fingerprint> {
    if (this.#changed.size === 0) return NONE;
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }
}

const NONE: ReadonlySet<Fingerprint> = new Set();
