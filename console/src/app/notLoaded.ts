/** In place of the console when not even its words have come: in both languages, from what is here already. */

import { preferredLanguage } from '../i18n/language';

const TEXTS = {
  en: {
    title: 'The console could not be loaded',
    text: 'The server cannot be reached, or it was updated a moment ago. Load the page again.',
    action: 'Load again',
  },
  de: {
    title: 'Die Konsole konnte nicht geladen werden',
    text: 'Der Server ist nicht erreichbar oder wurde soeben aktualisiert. Laden Sie die Seite neu.',
    action: 'Neu laden',
  },
} as const;

export function showNotLoaded(root: HTMLElement): void {
  const language = preferredLanguage();
  const { title, text, action } = TEXTS[language];
  const page = document.createElement('main');
  page.className = 'content';
  const heading = document.createElement('h1');
  heading.textContent = title;
  const advice = document.createElement('p');
  advice.textContent = text;
  const button = document.createElement('button');
  button.className = 'button button-secondary button-usual';
  button.textContent = action;
  button.addEventListener('click', () => location.reload());
  page.append(heading, advice, button);
  document.documentElement.lang = language;
  document.title = `${title} · TenantAtlas`;
  root.replaceChildren(page);
}
