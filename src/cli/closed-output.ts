export function onClosedOutput(act: () => void): void {
  void act;
}
