import { useLanguage } from '@/shared';

/** Writes numbers in the digits of the language being shown. */
export function useNumber(): (n: number | undefined) => string {
  const { intl } = useLanguage();
  const format = new Intl.NumberFormat(intl);
  return (n) => (n === undefined ? '' : format.format(n));
}
