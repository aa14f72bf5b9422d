import type { Schema } from '@/api';

type Queue = Schema<'QueueSettings'>;

/** The form's fields: every number is there, '' where it is being typed. */
export interface QueueForm {
  strategy: NonNullable<Queue['strategy']>;
  skills: { skill: string; level: number | ''; required: boolean; relax: number | '' }[];
  languageMode: 'required' | 'preferred' | 'ignored';
  languageRelax: number | '';
  overflowTo: 'never' | 'everyone' | 'callback' | 'booking';
  overflowAfter: number | '';
  segments: { segment: string; priority: number | '' }[];
  wrap_up_seconds: number | '';
  place_kept_seconds: number | '';
  callback_seconds: number | '';
  named_agent_seconds: number | '';
  takeover: boolean;
  takeover_after_seconds: number | '';
  service_level_seconds: number | '';
  watch_hidden: boolean;
}

/** The settings with their defaults, as the server fills them in. */
export function formOf(q: Queue | undefined): QueueForm {
  const mode = q?.language?.mode ?? 'preferred';
  return {
    strategy: q?.strategy ?? 'random',
    skills: (q?.skills ?? []).map((s) => ({ skill: s.skill, level: s.level ?? 1, required: s.required ?? false, relax: s.relax_after_seconds || (s.required ? 0 : 60) })),
    languageMode: mode,
    languageRelax: q?.language?.relax_after_seconds || (mode === 'preferred' ? 60 : 0),
    overflowTo: q?.overflow && q.overflow.after_seconds > 0 ? q.overflow.to : 'never',
    overflowAfter: q?.overflow?.after_seconds || 300,
    segments: Object.entries(q?.segment_priority ?? {}).map(([segment, priority]) => ({ segment, priority })),
    wrap_up_seconds: q?.wrap_up_seconds ?? 0,
    place_kept_seconds: q?.place_kept_seconds || 300,
    callback_seconds: q?.callback_seconds || 7200,
    named_agent_seconds: q?.named_agent_seconds || 60,
    takeover: (q?.takeover_after_seconds ?? 10) >= 0,
    takeover_after_seconds: Math.max(0, q?.takeover_after_seconds ?? 10),
    service_level_seconds: q?.service_level_seconds || 20,
    watch_hidden: q?.supervision?.watch_hidden ?? false,
  };
}

/** What the API takes. What the form does not know of is kept from `was`. */
export function settingsOf(f: QueueForm, was: Queue | undefined): Queue {
  return {
    ...was,
    strategy: f.strategy,
    skills: f.skills.map((s) => ({ skill: s.skill, level: Number(s.level), required: s.required, relax_after_seconds: Number(s.relax) })),
    language: { mode: f.languageMode, ...(f.languageMode === 'ignored' ? {} : { relax_after_seconds: Number(f.languageRelax) }) },
    overflow: f.overflowTo === 'never' ? undefined : { after_seconds: Number(f.overflowAfter), to: f.overflowTo },
    segment_priority: Object.fromEntries(f.segments.filter((s) => s.segment.trim()).map((s) => [s.segment.trim(), Number(s.priority)])),
    wrap_up_seconds: Number(f.wrap_up_seconds),
    place_kept_seconds: Number(f.place_kept_seconds),
    callback_seconds: Number(f.callback_seconds),
    takeover_after_seconds: f.takeover ? Number(f.takeover_after_seconds) : -1,
    service_level_seconds: Number(f.service_level_seconds),
    named_agent_seconds: Number(f.named_agent_seconds),
    supervision: { ...was?.supervision, watch_hidden: f.watch_hidden },
  };
}

type Definition = Schema<'ScenarioDefinition'>;
type Kind = Schema<'ScenarioKind'>;

/** What the call is, as the form has it. */
export interface ServiceForm {
  kind: Kind;
  agentVideo: boolean;
  recorded: boolean;
}

export function serviceOf(d: Definition): ServiceForm {
  const kind = d.kind ?? 'identify';
  return { kind, agentVideo: d.settings?.call?.agent_video ?? true, recorded: kind === 'identify' || (d.settings?.recording?.enabled ?? false) };
}

const allDocuments: Schema<'DocumentType'>[] = ['national_id', 'citizen_card', 'passport', 'driving_licence'];

/** The definition with what the form says. For another kind what does not go with it is left out, and what it needs put in. */
export function withService(d: Definition, f: ServiceForm): Definition {
  const was = serviceOf(d);
  // What the API's types say is always there is filled in by the server.
  const settings = { ...d.settings, call: { ...d.settings?.call, agent_video: f.agentVideo } } as Schema<'ScenarioSettings'>;
  const recording = { ...settings.recording, enabled: f.kind === 'identify' || f.recorded } as Schema<'RecordingSettings'>;
  const consents: Schema<'ConsentKey'>[] = f.recorded ? ['call_recording'] : [];
  if (f.kind === was.kind) {
    if (f.recorded === was.recorded || f.kind === 'identify') return { ...d, settings };
    return { ...d, consents, settings: { ...settings, recording } };
  }
  if (f.kind === 'identify') {
    const script = (d.script ?? []).map((s) => ({ ...s, required: true }));
    return {
      ...d,
      kind: f.kind,
      document_types: allDocuments,
      consents: ['process', 'recording'],
      script: [...(['document_front', 'document_back', 'face_front'] as const).map((kind) => ({ kind, required: true })), ...script],
      settings: { ...settings, recording },
    };
  }
  return {
    ...d,
    kind: f.kind,
    document_types: [],
    consents,
    script: (d.script ?? []).filter((s) => s.kind === 'code').map((s) => ({ ...s, required: false })),
    settings: { ...settings, recording, telephone: { ...telephoneOf(settings.telephone), identify: 'never' } },
  };
}

type Telephone = Schema<'TelephoneSettings'>;

/** Whether calls of the scenario go on by telephone, with the server's defaults. */
export function telephoneOf(was: Telephone | undefined): Required<Telephone> {
  return { fallback: was?.fallback ?? false, any_number: was?.any_number ?? false, identify: was?.identify ?? 'never' };
}
