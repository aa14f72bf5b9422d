import { expect, it } from 'vitest';
import { boxHeight, boxWidth, layout, stepsInOrder } from './layout';
import type { Diagram } from './flows';

const node = (id: string, by: Partial<Diagram['nodes'][number]> = {}): Diagram['nodes'][number] => ({ id, kind: 'say', label: id, line: 1, start: false, machine: false, end: false, ...by });
/** greeting → menu → (1) confirm → bye, (2) move → menu again, and bye on no input. */
const menu: Diagram = {
  nodes: [node('bye', { end: true }), node('greeting', { start: true }), node('menu', { kind: 'gather' }), node('confirm'), node('move')],
  edges: [
    { from: 'greeting', to: 'menu' }, { from: 'menu', to: 'confirm', label: '1' }, { from: 'menu', to: 'move', label: '2' },
    { from: 'menu', to: 'bye', label: 'no input' }, { from: 'confirm', to: 'bye' }, { from: 'move', to: 'menu' }, { from: 'menu', to: 'bye', label: '9' },
  ],
};

it('puts each step below those that lead to it, and no box on another', () => {
  const { boxes, width, height } = layout(menu);
  const y = Object.fromEntries(boxes.map((b) => [b.id, b.y]));
  expect(y.greeting! < y.menu! && y.menu! < y.confirm! && y.confirm! < y.bye! && y.confirm === y.move).toBe(true);
  for (const a of boxes) {
    expect(a.x >= 0 && a.x + boxWidth <= width && a.y >= 0 && a.y + boxHeight <= height).toBe(true);
    for (const b of boxes) if (a !== b) expect(Math.abs(a.x - b.x) >= boxWidth || Math.abs(a.y - b.y) >= boxHeight, `${a.id} on ${b.id}`).toBe(true);
  }
});
it('draws a circle as a way back, and several ways between the same two as one with all labels', () => {
  const { lines } = layout(menu);
  expect(lines.filter((l) => l.back).map((l) => `${l.from} ${l.to}`)).toEqual(['move menu']);
  expect(lines.find((l) => l.from === 'menu' && l.to === 'bye')!.labels).toEqual(['no input', '9']);
  expect(lines).toHaveLength(6);
});
it('draws what there is of a flow that is being written', () => {
  expect(layout({ nodes: [], edges: [] }).boxes).toEqual([]);
  const half = layout({ nodes: [node('a', { start: true }), node('b')], edges: [{ from: 'a', to: 'nowhere' }, { from: 'a', to: 'a' }] });
  expect(half.lines.map((l) => [l.from, l.to, l.back])).toEqual([['a', 'a', true]]);
  expect(half.boxes.map((b) => b.y)).toEqual([16, 16]);
});
it('lists the steps as a call meets them', () => {
  expect(stepsInOrder(menu).map((n) => n.id)).toEqual(['greeting', 'menu', 'confirm', 'move', 'bye']);
});
