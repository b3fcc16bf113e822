import type { DemoTenant, Server, TokenRole } from './server';

interface Made {
  createApiToken: { token: string | null; apiToken: { id: string } | null };
}

/** Makes an API token, which outlives a restart of the demonstration, unlike those that it prints. */
export async function makeToken(
  server: Server,
  tenant: DemoTenant,
  name: string,
  role: TokenRole = 'MANAGER',
): Promise<{ id: string; token: string }> {
  const { createApiToken } = await server.ask<Made>(
    `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }`,
    { input: { tenantId: tenant.id, name, role, expiresInDays: 1 } },
  );
  if (createApiToken.token === null || createApiToken.apiToken === null) {
    throw new Error(`no token ${name} was made`);
  }
  return { id: createApiToken.apiToken.id, token: createApiToken.token };
}

export async function revokeToken(server: Server, id: string): Promise<void> {
  await server.ask(
    `mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { userErrors { code } } }`,
    { input: { apiTokenId: id } },
  );
}
