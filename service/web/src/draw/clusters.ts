// Points that would lie on one another become one, in the cells of a grid on the screen.
export interface Placed<Row> {
  x: number;
  y: number;
  rows: Row[];
}

// Above so many points there is nothing to be seen but marks on marks.
export const MOST = 300;
const CELL = 44;

export function clustered<Row>(points: Placed<Row>[]): Placed<Row>[] {
  if (points.length <= MOST) return points;
  const cells = new Map<string, Placed<Row>[]>();
  for (const point of points) {
    const key = `${Math.floor(point.x / CELL)} ${Math.floor(point.y / CELL)}`;
    const cell = cells.get(key);
    if (cell) cell.push(point);
    else cells.set(key, [point]);
  }
  return [...cells.values()].map(together);
}

function together<Row>(points: Placed<Row>[]): Placed<Row> {
  const mean = (of: (point: Placed<Row>) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y), rows: points.flatMap(({ rows }) => rows) };
}
