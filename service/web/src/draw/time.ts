// Days and spans: what a dateTime says, where it is on a line, and what is written along the line.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Scale {
  (time: number): number;
  ticks: Tick[];
}

export interface Tick {
  time: number;
  text: string;
}

// Milliseconds, or nothing where there is no such time.
export function time(text: string | undefined): number | undefined {
  const found = text ? Date.parse(text) : NaN;
  return Number.isNaN(found) ? undefined : found;
}

export function day(time: number): string {
  return new Date(time).toISOString().replace(/T.*/, "");
}

// From one pixel to another, with as many ticks as there is room for.
export function scale(first: number, last: number, from: number, to: number): Scale {
  const least = Math.max(last - first, DAY) * 1.08;
  const start = (first + last) / 2 - least / 2;
  const at = (when: number) => from + ((when - start) / least) * (to - from);
  return Object.assign(at, { ticks: ticks(start, start + least, Math.max(2, (to - from) / 90)) });
}

type Step = { length: number; next: (date: Date) => void; text: (date: Date) => string; floor: (date: Date) => void };

function hours(count: number): Step {
  return {
    length: count * HOUR,
    floor: date => date.setUTCHours(Math.floor(date.getUTCHours() / count) * count, 0, 0, 0),
    next: date => date.setUTCHours(date.getUTCHours() + count),
    text: date => date.toISOString().slice(date.getUTCHours() ? 11 : 0, date.getUTCHours() ? 16 : 10),
  };
}

function days(count: number): Step {
  return {
    length: count * DAY,
    floor: date => {
      date.setUTCHours(0, 0, 0, 0);
      date.setUTCDate(date.getUTCDate() - ((Math.floor(date.getTime() / DAY) % count) + count) % count);
    },
    next: date => date.setUTCDate(date.getUTCDate() + count),
    text: date => date.toISOString().replace(/T.*/, ""),
  };
}

function months(count: number): Step {
  return {
    length: count * 30.4 * DAY,
    floor: date => {
      date.setUTCHours(0, 0, 0, 0);
      date.setUTCMonth(Math.floor(date.getUTCMonth() / count) * count, 1);
    },
    next: date => date.setUTCMonth(date.getUTCMonth() + count),
    text: date => date.toISOString().replace(/-\d\dT.*/, ""),
  };
}

function years(count: number): Step {
  return {
    length: count * 365.2 * DAY,
    floor: date => {
      date.setUTCHours(0, 0, 0, 0);
      date.setUTCFullYear(Math.floor(date.getUTCFullYear() / count) * count, 0, 1);
    },
    next: date => date.setUTCFullYear(date.getUTCFullYear() + count),
    text: date => String(date.getUTCFullYear()),
  };
}

const STEPS = [
  ...[1, 3, 6, 12].map(hours), ...[1, 2, 7, 14].map(days), ...[1, 3, 6].map(months), ...[1, 2, 5, 10, 20, 50, 100, 500, 1000].map(years),
];

function ticks(first: number, last: number, most: number): Tick[] {
  const step = STEPS.find(({ length }) => (last - first) / length <= most) ?? years(10_000);
  const found: Tick[] = [];
  const date = new Date(first);
  for (step.floor(date); date.getTime() <= last && found.length < 100; step.next(date)) {
    if (date.getTime() >= first) found.push({ time: date.getTime(), text: step.text(date) });
  }
  return found;
}
