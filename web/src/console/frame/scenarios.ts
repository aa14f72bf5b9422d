import { useQuery } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';
import { type Language, useLanguage } from '@/shared';

/** The bank's scenarios. */
export function useScenarios() {
  return useQuery({
    queryKey: ['scenarios', 'all'],
    staleTime: 60_000,
    queryFn: async () => (await body(api.GET('/v1/scenarios', { params: { query: { limit: 100 } } }))).items,
  });
}

export function useScenario(id: string | undefined) {
  return useQuery({
    queryKey: ['scenarios', id],
    enabled: id !== undefined,
    staleTime: 60_000,
    queryFn: () => body(api.GET('/v1/scenarios/{scenario_id}', { params: { path: { scenario_id: id! } } })),
  });
}

/** A text of the bank in the language being shown, else in English, else in any. */
export function inLanguage(texts: Schema<'Translations'> | undefined, language: Language): string {
  return texts?.[language] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? '';
}

export function useTranslated(): (texts: Schema<'Translations'> | undefined) => string {
  const { language } = useLanguage();
  return (texts) => inLanguage(texts, language);
}
