export default function Credential() { return null; }
