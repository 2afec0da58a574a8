// A worker is kept for no network only if its own address lies where the service worker rules; what it needs may lie anywhere.
import "{{ engine }}"
