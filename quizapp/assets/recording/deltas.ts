/**
 * Edits of texts as they are recorded. Positions count UTF-16 units, as browsers do; no edit cuts a surrogate pair in
 * two, so that every recorded text can be stored and sent.
 */

export interface Edit {
  from: number;
  removed: number;
  inserted: string;
}

/** Gives the text after an edit. */
export function applied(text: string, edit: Edit): string {
  return text.slice(0, edit.from) + edit.inserted + text.slice(edit.from + edit.removed);
}

/** Gives one edit that does what two do, one after the other; null when they touch different places. */
export function composed(first: Edit, second: Edit): Edit | null {
  const firstEnd = first.from + first.inserted.length;
  const secondEnd = second.from + second.removed;
  if (second.from > firstEnd || secondEnd < first.from) return null;
  const before = Math.max(0, first.from - second.from);
  const after = Math.max(0, secondEnd - firstEnd);
  return {
    from: Math.min(first.from, second.from),
    removed: first.removed + before + after,
    inserted:
      first.inserted.slice(0, Math.max(0, second.from - first.from)) +
      second.inserted +
      first.inserted.slice(Math.min(first.inserted.length, Math.max(0, secondEnd - first.from))),
  };
}

/** Widens an edit of a text until it cuts no surrogate pair, and replaces what cannot be stored, unit by unit. */
export function storable(text: string, edit: Edit): Edit {
  let { from, removed, inserted } = edit;
  if (isCut(text, from)) {
    from -= 1;
    removed += 1;
    inserted = text.charAt(from) + inserted;
  }
  if (isCut(text, from + removed)) {
    inserted += text.charAt(from + removed);
    removed += 1;
  }
  return { from, removed, inserted: wellFormed(inserted) };
}

/** Replaces NUL characters and halves of surrogate pairs, each by one unit, so that positions stay what they are. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\0/g, "\ufffd");
}

/** The one edit between two texts of a plain field: what lies between their common beginning and end. */
export function difference(before: string, now: string): Edit | null {
  if (before === now) return null;
  const most = Math.min(before.length, now.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === now.charCodeAt(start)) start += 1;
  let end = 0;
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === now.charCodeAt(now.length - 1 - end)) end += 1;
  return { from: start, removed: before.length - start - end, inserted: now.slice(start, now.length - end) };
}

function isCut(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at));
}
