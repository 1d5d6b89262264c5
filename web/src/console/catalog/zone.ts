// Times as the clock on the wall of the venue shows them.

/** How far the clock of a zone is ahead of UTC at an instant, in milliseconds. */
function ahead(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(at / 1000) * 1000;
}

/** The value of a field for an instant: `2027-06-20T20:00`. */
export function wall(at: string, zone: string): string {
  const instant = Date.parse(at);
  return new Date(instant + ahead(instant, zone)).toISOString().slice(0, 16);
}

/** The instant that a field means. A time that the clock skips is the one an hour later; of one that comes twice the first is meant. */
export function instant(field: string, zone: string): string {
  const meant = Date.parse(`${field}Z`);
  const candidates = [meant - 86_400_000, meant + 86_400_000].map((near) => meant - ahead(near, zone));
  const right = candidates.filter((at) => at + ahead(at, zone) === meant);
  return new Date(right.length > 0 ? Math.min(...right) : Math.max(...candidates)).toISOString();
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
