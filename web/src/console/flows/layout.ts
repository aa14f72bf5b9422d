import type { Diagram } from './flows';

export interface Box {
  id: string;
  x: number;
  y: number;
}
export interface Line {
  from: string;
  to: string;
  /** Of all ways between the two, in the order of the document. */
  labels: string[];
  /** Leads up again, to a step that was passed before. */
  back: boolean;
  /** An SVG path. */
  d: string;
  /** Where its label stands. */
  x: number;
  y: number;
}
export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
}

export const boxWidth = 176;
export const boxHeight = 58;
const gapX = 34;
const gapY = 62;
const margin = 16;
/** Between two ways that lead up beside the boxes. */
const laneWidth = 16;

/**
 * Draws a flow from top to bottom: each step stands below all that lead to it
 * (ways that close a circle do not count), and within its row near to those.
 * Ways that lead up go round by the right side, each in a lane of its own.
 */
export function layout(diagram: Diagram): Layout {
  const ids = diagram.nodes.map((n) => n.id);
  const known = new Set(ids);
  const ways = new Map<string, { from: string; to: string; labels: string[] }>();
  for (const { from, to, label } of diagram.edges) {
    if (!known.has(from) || !known.has(to)) continue; // the document is being written
    const key = `${from}\u0000${to}`;
    const way = ways.get(key) ?? { from, to, labels: [] };
    if (label) way.labels.push(label);
    ways.set(key, way);
  }
  const roots = [...diagram.nodes.filter((n) => n.start), ...diagram.nodes.filter((n) => n.machine)].map((n) => n.id);
  const out = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const w of ways.values()) out.get(w.from)!.push(w.to);

  // Ways that close a circle, by depth-first search from where calls begin.
  const back = new Set<string>();
  const colour = new Map<string, 'grey' | 'black'>();
  const order: string[] = [];
  const walk = (id: string) => {
    colour.set(id, 'grey');
    for (const to of out.get(id)!) {
      if (colour.get(to) === 'grey') back.add(`${id}\u0000${to}`);
      else if (!colour.has(to)) walk(to);
    }
    colour.set(id, 'black');
    order.unshift(id);
  };
  for (const id of [...roots, ...ids]) if (!colour.has(id)) walk(id);

  const row = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const id of order) {
    for (const to of out.get(id)!) if (!back.has(`${id}\u0000${to}`)) row.set(to, Math.max(row.get(to)!, row.get(id)! + 1));
  }

  const rows: string[][] = [];
  for (const id of order) (rows[row.get(id)!] ??= []).push(id);
  const into = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const [key, w] of ways) if (!back.has(key)) into.get(w.to)!.push(w.from);
  const place = new Map<string, number>();
  const settle = (r: string[]) => r.forEach((id, i) => place.set(id, i - (r.length - 1) / 2));
  rows.forEach(settle);
  const mean = (neighbours: string[], id: string) => (neighbours.length > 0 ? neighbours.reduce((sum, n) => sum + place.get(n)!, 0) / neighbours.length : place.get(id)!);
  for (let round = 0; round < 4; round++) {
    for (const r of rows) settle(r.sort((a, b) => mean(into.get(a)!, a) - mean(into.get(b)!, b)));
    for (const r of [...rows].reverse()) settle(r.sort((a, b) => mean(out.get(a)!, a) - mean(out.get(b)!, b)));
  }

  const widest = Math.max(1, ...rows.map((r) => r.length));
  const width = widest * boxWidth + (widest - 1) * gapX;
  const boxes = new Map<string, Box>();
  rows.forEach((r, level) => {
    const full = r.length * boxWidth + (r.length - 1) * gapX;
    r.forEach((id, i) => boxes.set(id, { id, x: margin + (width - full) / 2 + i * (boxWidth + gapX), y: margin + level * (boxHeight + gapY) }));
  });

  // Where several ways leave or reach a box, each has its own point on the edge.
  const slot = (list: string[], id: string) => (list.indexOf(id) + 1) / (list.length + 1);
  const byX = (list: string[]) => [...list].sort((a, b) => boxes.get(a)!.x - boxes.get(b)!.x);
  let lanes = 0;
  const lines = [...ways].map(([key, w]): Line => {
    const a = boxes.get(w.from)!;
    const b = boxes.get(w.to)!;
    if (back.has(key)) {
      const lane = margin + width + 14 + laneWidth * lanes++;
      const [y1, y2] = [a.y + boxHeight / 2, b.y + boxHeight / 2];
      const [x1, x2] = [a.x + boxWidth, b.x + boxWidth];
      // Below and above the rows, so that it crosses no box.
      const d = `M${x1} ${y1} C${x1 + 12} ${y1} ${x1 + 12} ${a.y + boxHeight + 12} ${x1 + 18} ${a.y + boxHeight + 12} H${lane - 6} Q${lane} ${a.y + boxHeight + 12} ${lane} ${a.y + boxHeight + 4} V${b.y - 8} Q${lane} ${b.y - 14} ${lane - 6} ${b.y - 14} H${x2 + 18} C${x2 + 12} ${b.y - 14} ${x2 + 12} ${y2} ${x2} ${y2}`;
      return { ...w, back: true, d, x: x1 + 20, y: a.y + boxHeight + 12 };
    }
    const down = byX(out.get(w.from)!.filter((to) => !back.has(`${w.from}\u0000${to}`)));
    const x1 = a.x + boxWidth * slot(down, w.to);
    const x2 = b.x + boxWidth * slot(byX(into.get(w.to)!), w.from);
    const [y1, y2] = [a.y + boxHeight, b.y];
    const bend = gapY * 0.55;
    // A way over several rows goes through a gap between boxes where there is one.
    return { ...w, back: false, d: `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`, x: x1 + (x2 - x1) * 0.16, y: y1 + 15 };
  });
  return {
    width: width + 2 * margin + (lanes > 0 ? 14 + laneWidth * lanes : 0),
    height: Math.max(1, rows.length) * (boxHeight + gapY) - gapY + 2 * margin,
    boxes: ids.map((id) => boxes.get(id)!),
    lines,
  };
}

/** The steps in the order in which a call meets them: where it begins first, then by the row of the diagram, top to bottom. */
export function stepsInOrder(diagram: Diagram): Diagram['nodes'] {
  const y = new Map(layout(diagram).boxes.map((b) => [b.id, b.y]));
  return diagram.nodes.map((n, i) => ({ n, i })).sort((a, b) => y.get(a.n.id)! - y.get(b.n.id)! || Number(b.n.start) - Number(a.n.start) || a.i - b.i).map(({ n }) => n);
}
