export default function EditSchedule() { return null; }
