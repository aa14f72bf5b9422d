import type { MantineColorsTuple } from '@mantine/core';

/** Petrol: the product's own colour. Shades 7 (light scheme) and 6 (dark) carry white text. */
export const petrol: MantineColorsTuple = [
  '#eef7f8', '#d7ebee', '#b0d7dd', '#85c0ca', '#5ba7b4', '#3c8d9b', '#277887', '#17616e', '#114f5a', '#0b3b44',
];

/** Cool neutrals of the light scheme. */
export const gray: MantineColorsTuple = [
  '#f7f8fa', '#eff2f5', '#e4e8ed', '#d3d9e0', '#b3bcc7', '#858f9c', '#5f6a77', '#47515d', '#2f3843', '#1b222b',
];

/** Neutrals of the dark scheme, from text (0) to the page (7) and what lies under it. */
export const dark: MantineColorsTuple = [
  '#e6e9ee', '#c3c9d2', '#9aa4b1', '#727d8b', '#3a434f', '#2b333d', '#20272f', '#161b21', '#101419', '#0b0e12',
];

export const red: MantineColorsTuple = [
  '#fdf0ef', '#fadcd9', '#f3b6b0', '#eb8d84', '#e2685d', '#d64b3e', '#c53a2e', '#b02e24', '#92251d', '#6f1b15',
];

/** What a state means for the person who looks at it. */
export type Tone = 'neutral' | 'info' | 'progress' | 'positive' | 'warning' | 'negative';

/** Background and text of each tone, per colour scheme; text has at least 4.5:1 (a test holds it). */
export const tones: Record<'light' | 'dark', Record<Tone, { bg: string; fg: string }>> = {
  light: {
    neutral: { bg: '#eceff3', fg: '#47515d' },
    info: { bg: '#e3eefb', fg: '#1d4f91' },
    progress: { bg: '#dff0f2', fg: '#114f5a' },
    positive: { bg: '#e0f3e6', fg: '#17603a' },
    warning: { bg: '#fdf0d3', fg: '#7a4a05' },
    negative: { bg: '#fbe4e2', fg: '#92251d' },
  },
  dark: {
    neutral: { bg: '#2b333d', fg: '#c3c9d2' },
    info: { bg: '#1b3048', fg: '#a9cdf7' },
    progress: { bg: '#12363d', fg: '#8fd0da' },
    positive: { bg: '#15382a', fg: '#8fdcb0' },
    warning: { bg: '#40300f', fg: '#f3cb7d' },
    negative: { bg: '#43201d', fg: '#f5aba4' },
  },
};

/** The colours behind the CSS variables that components use, per scheme. */
export const surfaces = {
  light: {
    page: '#f6f8fa', surface: '#ffffff', sunken: '#eff2f5', line: '#e4e8ed',
    text: '#1b222b', dimmed: '#5f6a77', placeholder: '#6b7684', control: '#858f9c', anchor: '#17616e', error: '#b02e24', focus: '#17616e',
  },
  dark: {
    page: '#101419', surface: '#161b21', sunken: '#0b0e12', line: '#2b333d',
    text: '#e6e9ee', dimmed: '#9aa4b1', placeholder: '#8b95a3', control: '#727d8b', anchor: '#85c0ca', error: '#f0958d', focus: '#85c0ca',
  },
} as const;
