import audit from './audit.json';
import common from './common.json';
import compare from './compare.json';
import credential from './credential.json';
import dashboard from './dashboard.json';
import json from './json.json';
import members from './members.json';
import notifications from './notifications.json';
import overview from './overview.json';
import policies from './policies.json';
import runs from './runs.json';
import schedules from './schedules.json';
import sets from './sets.json';
import settings from './settings.json';
import signin from './signin.json';
import tokens from './tokens.json';
import words from './words.json';

export default {
  audit,
  common,
  compare,
  credential,
  dashboard,
  json,
  members,
  notifications,
  overview,
  policies,
  runs,
  schedules,
  sets,
  settings,
  signin,
  tokens,
  words,
};
