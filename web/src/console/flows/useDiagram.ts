import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api';
import { useLanguage } from '@/shared';

/** The drawing of one version of a flow, with its words in the language being shown where the flow speaks it. */
export function useDiagram(name: string, version: number | undefined) {
  const { language } = useLanguage();
  return useQuery({
    queryKey: ['flows', 'diagram', name, version, language],
    enabled: version !== undefined,
    queryFn: () => body(api.GET('/v1/flows/{name}/versions/{version}/diagram', { params: { path: { name, version: version! }, query: { locale: language } } })),
  });
}
