export default function Sets() { return null; }
