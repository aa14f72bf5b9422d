import { createTheme, type CSSVariablesResolver, type MantineThemeOverride, mergeThemeOverrides } from '@mantine/core';
import { dark, gray, petrol, red, surfaces, tones } from './palette';

// No font is loaded from anywhere: each system's own, then what carries
// Vietnamese, Persian, Chinese and Cyrillic where the system's does not.
const fontFamily =
  'system-ui, -apple-system, "Segoe UI", Roboto, Vazirmatn, "Noto Sans", "Noto Sans Arabic", "PingFang SC", ' +
  '"Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif';

const base = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark, red },
  black: '#1b222b',
  autoContrast: true,
  luminanceThreshold: 0.179, // where black and white text contrast alike: the better one is always taken
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  defaultRadius: 'md',
  fontFamily,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '20px' },
  shadows: {
    xs: '0 1px 2px rgb(15 23 32 / 6%)',
    sm: '0 1px 3px rgb(15 23 32 / 8%), 0 1px 2px rgb(15 23 32 / 4%)',
    md: '0 6px 16px -4px rgb(15 23 32 / 12%), 0 2px 4px rgb(15 23 32 / 5%)',
    lg: '0 16px 32px -8px rgb(15 23 32 / 16%), 0 4px 8px rgb(15 23 32 / 6%)',
    xl: '0 28px 56px -12px rgb(15 23 32 / 22%)',
  },
  headings: {
    fontFamily,
    fontWeight: '620',
    textWrap: 'balance',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.375rem', lineHeight: '1.3' },
      h3: { fontSize: '1.125rem', lineHeight: '1.4' },
      h4: { fontSize: '1rem', lineHeight: '1.45' },
      h5: { fontSize: '0.875rem', lineHeight: '1.5' },
      h6: { fontSize: '0.8125rem', lineHeight: '1.5' },
    },
  },
  components: {
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.45 } } },
    // Mantine's own is a <header>, which assistive technology takes for the page's.
    ModalHeader: { defaultProps: { component: 'div' } },
    DrawerHeader: { defaultProps: { component: 'div' } },
    Paper: { defaultProps: { radius: 'lg' } },
    Card: { defaultProps: { radius: 'lg', withBorder: true } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
});

const sized = (size: string, names: string[]) => Object.fromEntries(names.map((n) => [n, { defaultProps: { size } }]));
const inputs = [
  'TextInput', 'PasswordInput', 'NumberInput', 'Textarea', 'Select', 'MultiSelect', 'NativeSelect', 'Autocomplete',
  'TagsInput', 'DateInput', 'DatePickerInput', 'TimeInput', 'DateTimePicker', 'FileInput', 'InputWrapper',
];

/** Dense, for people who work in it all day: 14 px text, 36 px controls. */
export const consoleTheme: MantineThemeOverride = mergeThemeOverrides(base, {
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  components: {
    ...sized('sm', ['Button', 'Checkbox', 'Radio', 'Switch', 'SegmentedControl', ...inputs]),
    ActionIcon: { defaultProps: { size: 'lg', variant: 'subtle', color: 'gray' } },
    Table: { defaultProps: { verticalSpacing: 8, horizontalSpacing: 'sm', highlightOnHover: true } },
  },
});

/** Large and plain, for customers on a small phone: 17 px text, controls of at least 50 px (a touch target needs 44). */
export const visitTheme: MantineThemeOverride = mergeThemeOverrides(base, {
  defaultRadius: 'lg',
  fontSizes: { xs: '0.875rem', sm: '0.9375rem', md: '1.0625rem', lg: '1.1875rem', xl: '1.375rem' },
  lineHeights: { xs: '1.45', sm: '1.5', md: '1.55', lg: '1.5', xl: '1.4' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1.125rem', lg: '1.75rem', xl: '2.5rem' },
  components: {
    ...sized('lg', ['Button', 'Checkbox', 'Radio', 'Switch', ...inputs]),
    ActionIcon: { defaultProps: { size: 44, variant: 'subtle', color: 'gray' } },
    CloseButton: { defaultProps: { size: 44 } },
    Accordion: { defaultProps: { variant: 'separated' } },
  },
});

/** Our colours as CSS variables: Mantine's own, and --vv-* for components of ours. */
export const cssVariables: CSSVariablesResolver = () => {
  const scheme = (name: 'light' | 'dark') => {
    const s = surfaces[name];
    const out: Record<string, string> = {
      '--mantine-color-body': s.surface,
      '--mantine-color-text': s.text,
      '--mantine-color-dimmed': s.dimmed,
      '--mantine-color-placeholder': s.placeholder,
      '--mantine-color-anchor': s.anchor,
      '--mantine-color-error': s.error,
      '--mantine-color-default-border': s.line,
      '--vv-page': s.page,
      '--vv-surface': s.surface,
      '--vv-sunken': s.sunken,
      '--vv-line': s.line,
      '--vv-control-line': s.control,
      '--vv-focus': s.focus,
    };
    if (name === 'dark') {
      // Mantine's own are darker than a card here.
      out['--mantine-color-default-border'] = dark[4];
      for (const [color, tone] of [['petrol', 'progress'], ['red', 'negative'], ['gray', 'neutral']] as const) {
        out[`--mantine-color-${color}-light`] = tones.dark[tone].bg;
        out[`--mantine-color-${color}-light-hover`] = dark[4];
        out[`--mantine-color-${color}-light-color`] = tones.dark[tone].fg;
      }
    }
    for (const [tone, { bg, fg }] of Object.entries(tones[name])) {
      out[`--vv-${tone}-bg`] = bg;
      out[`--vv-${tone}-fg`] = fg;
    }
    return out;
  };
  return { variables: {}, light: scheme('light'), dark: scheme('dark') };
};
