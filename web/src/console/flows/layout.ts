import type { Diagram } from './flows';

export interface Box {
  id: string;
  x: number;
  y: number;
}
export interface Line {
  from: string;
  to: string;
  /** Of all ways between the two, in the order of the document, as `write` writes them. */
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
const gapX = 30;
const gapY = 70;
/** What a way that passes a row keeps free in it. */
const freeWidth = 20;
const margin = 16;
/** Between two ways that lead up beside the boxes. */
const laneWidth = 16;

/**
 * Draws a flow from top to bottom: each step stands below all that lead to it
 * (ways that close a circle do not count), and within its row near to those.
 * Ways that lead up go round by the right side, each in a lane of its own;
 * those that pass a row keep a place free in it.
 */
export function layout(diagram: Diagram, write: (label: string) => string = (label) => label): Layout {
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

  // A way over several rows keeps a place free in each, so that it crosses no box.
  const rows: string[][] = [];
  const put = (id: string, level: number) => void (rows[level] ??= []).push(id);
  for (const id of order) put(id, row.get(id)!);
  const chains = new Map<string, string[]>();
  const above = new Map<string, string[]>();
  const below = new Map<string, string[]>();
  const join = (a: string, b: string) => {
    below.set(a, [...(below.get(a) ?? []), b]);
    above.set(b, [...(above.get(b) ?? []), a]);
  };
  for (const [key, w] of ways) {
    if (back.has(key)) continue;
    const chain = [w.from];
    for (let level = row.get(w.from)! + 1; level < row.get(w.to)!; level++) {
      const free = `\u0001${key}\u0000${level}`;
      put(free, level);
      chain.push(free);
    }
    chain.push(w.to);
    chains.set(key, chain);
    for (let k = 1; k < chain.length; k++) join(chain[k - 1]!, chain[k]!);
  }

  const isFree = (id: string) => id.startsWith('\u0001');
  const wide = (id: string) => (isFree(id) ? freeWidth : boxWidth);
  const middle = new Map<string, number>();
  const settle = (r: string[]) => {
    let x = -(r.reduce((sum, id) => sum + wide(id), 0) + (r.length - 1) * gapX) / 2;
    for (const id of r) {
      middle.set(id, x + wide(id) / 2);
      x += wide(id) + gapX;
    }
  };
  rows.forEach(settle);
  const mean = (near: string[] | undefined, id: string) => (near?.length ? near.reduce((sum, n) => sum + middle.get(n)!, 0) / near.length : middle.get(id)!);
  const sortBy = (r: string[], near: Map<string, string[]>) => {
    const wanted = new Map(r.map((id) => [id, mean(near.get(id), id)]));
    settle(r.sort((a, b) => wanted.get(a)! - wanted.get(b)!));
  };
  for (let round = 0; round < 4; round++) {
    for (const r of rows) sortBy(r, above);
    for (const r of [...rows].reverse()) sortBy(r, below);
  }
  for (const r of rows) sortBy(r, above);

  const span = Math.max(boxWidth, ...rows.map((r) => r.reduce((sum, id) => sum + wide(id), 0) + (r.length - 1) * gapX));
  const left = margin + span / 2;
  const boxes = new Map<string, Box>();
  rows.forEach((r, level) => r.forEach((id) => boxes.set(id, { id, x: left + middle.get(id)! - wide(id) / 2, y: margin + level * (boxHeight + gapY) })));

  // Where several ways leave or reach a box, each has its own point on the edge.
  const slot = (near: string[], id: string) => ([...near].sort((a, b) => middle.get(a)! - middle.get(b)!).indexOf(id) + 1) / (near.length + 1);
  const labels: { x: number; y: number; w: number }[] = [];
  const crowded = (x: number, y: number, w: number) => labels.some((l) => Math.abs(l.x - x) < (l.w + w) / 2 && Math.abs(l.y - y) < 14);
  let lanes = 0;
  const lines = [...ways].map(([key, w]): Line => {
    const a = boxes.get(w.from)!;
    const b = boxes.get(w.to)!;
    const words = w.labels.map(write);
    const room = words.join(', ').length * 6.4 + 10;
    if (back.has(key)) {
      const lane = margin + span + 30 + laneWidth * lanes++;
      const [y1, y2] = [a.y + boxHeight / 2, b.y + boxHeight / 2];
      const [x1, x2] = [a.x + boxWidth, b.x + boxWidth];
      const [under, over] = [a.y + boxHeight + 12, b.y - 14];
      // Below and above the rows, so that it crosses no box.
      const d = `M${x1} ${y1} Q${x1 + 14} ${y1} ${x1 + 14} ${y1 + 12} V${under - 8} Q${x1 + 14} ${under} ${x1 + 22} ${under} H${lane - 8} Q${lane} ${under} ${lane} ${under - 8} V${over + 8} Q${lane} ${over} ${lane - 8} ${over} H${x2 + 22} Q${x2 + 14} ${over} ${x2 + 14} ${over + 8} V${y2 - 8} Q${x2 + 14} ${y2} ${x2} ${y2}`;
      const label = { x: x1 + 24 + room / 2, y: under + 4, w: room };
      labels.push(label);
      return { ...w, labels: words, back: true, d, x: label.x, y: label.y };
    }
    const chain = chains.get(key)!;
    let x = a.x + boxWidth * slot(below.get(w.from)!, chain[1]!);
    let y = a.y + boxHeight;
    let d = `M${x} ${y}`;
    let label: { x: number; y: number; w: number } | undefined;
    for (const [k, id] of chain.slice(1).entries()) {
      const to = boxes.get(id)!;
      const x2 = isFree(id) ? to.x + freeWidth / 2 : to.x + boxWidth * slot(above.get(id)!, chain[k]!);
      const bend = gapY * 0.55;
      d += ` C${x} ${y + bend} ${x2} ${to.y - bend} ${x2} ${to.y}`;
      if (k === 0) {
        // On the way's first bow, where no other label is.
        const on = (p: number) => {
          const q = 1 - p;
          return {
            x: q ** 3 * x + 3 * q * q * p * x + 3 * q * p * p * x2 + p ** 3 * x2,
            y: q ** 3 * y + 3 * q * q * p * (y + bend) + 3 * q * p * p * (to.y - bend) + p ** 3 * to.y + 4,
            w: room,
          };
        };
        const places = [0.3, 0.45, 0.6, 0.72, 0.84, 0.18].map(on);
        label = places.find((at) => !crowded(at.x, at.y, room)) ?? places[0]!;
      }
      [x, y] = [x2, to.y];
      if (isFree(id)) {
        y += boxHeight;
        d += ` V${y}`;
      }
    }
    if (words.length > 0) labels.push(label!);
    return { ...w, labels: words, back: false, d, x: label!.x, y: label!.y };
  });
  return {
    width: span + 2 * margin + (lanes > 0 ? 30 + laneWidth * lanes : 0),
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
