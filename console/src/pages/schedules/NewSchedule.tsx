export default function NewSchedule() { return null; }
