interface Answer {
  one?: unknown;
  other?: unknown;
}

/** Those of one or two sets that were not purged. Until there is an answer, all of them. */
export function stillThere(ids: readonly string[], answer: Answer | null | undefined): readonly string[] {
  const sets = [answer?.one, answer?.other];
  return answer == null ? ids : ids.filter((_, place) => sets[place] != null);
}
