import type { Schema } from '@/api';

type Skill = Schema<'AgentSkill'>;

/** A skill as the API writes it: "Sign language" is sign_language; empty when it cannot be one. */
export function skillKey(typed: string): string {
  const key = typed.trim().toLowerCase().replaceAll(/[\s-]+/g, '_');
  return /^[a-z][a-z0-9_]{0,62}$/.test(key) ? key : '';
}

/** With one skill more, at the middle level; one that is there already stays as it is. */
export function addSkill(skills: readonly Skill[], skill: string): Skill[] {
  if (skills.some((s) => s.skill === skill)) return [...skills];
  return [...skills, { skill, level: 5 }].sort((a, b) => a.skill.localeCompare(b.skill));
}
