import { useTold } from '../i18n/useTold';

interface Actor {
  __typename?: string;
  displayName: string;
}

/** What somebody is called who did something. Parts of the service have names of their own. */
export function useActorName(): (actor: Actor) => string {
  const told = useTold();
  return ({ __typename, displayName }) =>
    __typename === 'SystemActor' ? told(`component.${displayName}`, displayName).text : displayName;
}
