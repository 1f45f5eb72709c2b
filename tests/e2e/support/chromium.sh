#!/bin/sh
# Starts $CHROMIUM as Playwright asks, but for one thing: a window's own tool bar makes nothing ready beforehand. Nobody
# sees it, and it costs most of a second of a processor for every person who enters. Of several lists of features
# Chromium reads the last one, so that Playwright's own has to be the one that is made longer.
unseen=PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup
for argument; do
  shift
  case $argument in --disable-features=*) argument=$argument,$unseen ;; esac
  set -- "$@" "$argument"
done
exec "$CHROMIUM" "$@"
