import { graphql } from '../../gql';

export const RUN = graphql(`
  query Run($id: ID!) {
    backupScheduleRun(id: $id) {
      id
      policyTypeResults {
        status
      }
    }
  }
`);

export default function Run() {
  return null;
}
