/** The one form of zip that a dossier has: stored members, sorted, nothing else. */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const HEADER = 30;
const MOST_MEMBERS = 5000;
const LONGEST_NAME = 200;
const VERSION = 20;
const NAMES_ARE_UTF8 = 0x0800;
/** 1 January 2020, in the format of MS-DOS. */
const DAY = 0x5021;

export type Members = ReadonlyMap<string, Uint8Array>;

/** What cannot be read at all; the message says which part. */
export class Unreadable extends Error {}

/** Returns the members, and whether `data` is exactly what would be made of them. */
export function unpack(data: Uint8Array): { members: Members; exact: boolean } {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const members = new Map<string, Uint8Array>();
  let place = 0;
  while (place + HEADER <= data.length && view.getUint32(place, true) === LOCAL) {
    const size = view.getUint32(place + 22, true);
    const length = view.getUint16(place + 26, true);
    const start = place + HEADER + length;
    if (!length || length > LONGEST_NAME || start + size > data.length) throw new Unreadable("zip");
    const name = nameOf(data.subarray(place + HEADER, start));
    if (leaves(name) || members.has(name) || members.size === MOST_MEMBERS) throw new Unreadable("zip");
    members.set(name, data.subarray(start, start + size));
    place = start + size;
  }
  if (!members.size) throw new Unreadable("zip");
  return { members, exact: same(pack(members), data) };
}

/** Whether a tool that unpacks `name` might write outside its folder. */
function leaves(name: string): boolean {
  return name.includes("\\") || name.split("/").some((part) => ["", ".", ".."].includes(part));
}

function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("zip");
  }
}

/** Returns the archive of `members`: the twin of `casework/archive.py`. */
export function pack(members: Members): Uint8Array {
  const rows = [...members].map(([name, data]) => ({ name: new TextEncoder().encode(name), data }));
  rows.sort((one, other) => compare(one.name, other.name));
  const inside = rows.reduce((sum, { name, data }) => sum + HEADER + name.length + data.length, 0);
  const listed = rows.reduce((sum, { name }) => sum + 46 + name.length, 0);
  const out = new Uint8Array(inside + listed + 22);
  const view = new DataView(out.buffer);
  let place = 0;
  let entry = inside;
  for (const { name, data } of rows) {
    const check = crc32(data);
    view.setUint32(place, LOCAL, true);
    fields(view, place + 4, name.length, data.length, check);
    view.setUint32(entry, CENTRAL, true);
    view.setUint16(entry + 4, VERSION, true);
    fields(view, entry + 6, name.length, data.length, check);
    view.setUint32(entry + 42, place, true);
    out.set(name, entry + 46);
    out.set(name, place + HEADER);
    out.set(data, place + HEADER + name.length);
    place += HEADER + name.length + data.length;
    entry += 46 + name.length;
  }
  view.setUint32(entry, END, true);
  view.setUint16(entry + 8, rows.length, true);
  view.setUint16(entry + 10, rows.length, true);
  view.setUint32(entry + 12, listed, true);
  view.setUint32(entry + 16, inside, true);
  return out;
}

function fields(view: DataView, at: number, name: number, size: number, check: number): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, NAMES_ARE_UTF8, true);
  view.setUint16(at + 8, DAY, true);
  view.setUint32(at + 10, check, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name, true);
}

function compare(one: Uint8Array, other: Uint8Array): number {
  // Code points in UTF-8 sort as their bytes do.
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference) return difference;
  }
  return one.length - other.length;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}
