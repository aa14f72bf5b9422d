import { expect, it } from 'vitest';
import { inScale } from './Answers';
import { emptyFlow, flowName, offsetOf, renamed } from './flows';

it('finds the place of a line and column, whatever is asked', () => {
  const text = 'flow: a\nsteps:\n  b:';
  expect(text.slice(offsetOf(text, 3, 3))).toBe('b:');
  expect(offsetOf(text, 1, 1)).toBe(0);
  expect(offsetOf(text, 99, 99)).toBe(text.length);
  expect(offsetOf(text, 1, 50)).toBe(7);
});
it('renames a document where it says its name, and nowhere else', () => {
  expect(renamed('# about flow: x\nflow: reminder\ntitle: flow: reminder', 'own')).toBe('# about flow: x\nflow: own\ntitle: flow: reminder');
  expect(renamed('steps: {}', 'own')).toBe('flow: own\nsteps: {}');
});
it('begins with a flow of one language', () => {
  expect(emptyFlow('own', 'fa')).toMatch(/^flow: own\n[\s\S]*locales: \[fa\][\s\S]*hang_up:\n$/);
});
it('takes the names that the API takes', () => {
  for (const good of ['a', 'own_flow_2']) expect(flowName.test(good), good).toBe(true);
  for (const bad of ['', 'Own', '2nd', 'a-b', 'a'.repeat(41)]) expect(flowName.test(bad), bad).toBe(false);
});
it('orders answers by the scale, and words by how often', () => {
  expect(inScale([{ answer: '10', count: 1 }, { answer: '9', count: 7 }]).map((a) => a.answer)).toEqual(['9', '10']);
  expect(inScale([{ answer: 'no', count: 1 }, { answer: 'yes', count: 7 }]).map((a) => a.answer)).toEqual(['yes', 'no']);
});
