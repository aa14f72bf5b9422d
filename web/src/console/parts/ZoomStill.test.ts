import { expect, it } from 'vitest';
import { bounded } from './ZoomStill';

it('keeps a zoomed picture in its frame, and a whole one in the middle', () => {
  expect(bounded({ zoom: 0.2, x: 0.4, y: -3 })).toEqual({ zoom: 1, x: 0, y: 0 });
  expect(bounded({ zoom: 3, x: 2, y: -0.5 })).toEqual({ zoom: 3, x: 1, y: -0.5 });
  expect(bounded({ zoom: 99, x: 0, y: 0 }).zoom).toBe(8);
});
