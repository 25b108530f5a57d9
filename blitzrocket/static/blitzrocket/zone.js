// Tells the server the browser's time zone, from the sign-in page on, so that the first page behind it has right times.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`timezone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `timezone=${zone}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
}
