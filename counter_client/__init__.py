"""The local agent of one counter or Citizen's Window: devices, line, printer."""
