export default function NewTenant() { return null; }
