// Labels that do not run into one another: what is put first stays, what would touch it goes elsewhere or is left out.
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Boxes {
  private readonly taken: Box[] = [];
  constructor(private readonly width: number, private readonly height: number) {}

  take(box: Box): void {
    this.taken.push(box);
  }

  isFree(box: Box): boolean {
    const inside = box.left >= 0 && box.top >= 0 && box.right <= this.width && box.bottom <= this.height;
    return inside && !this.taken.some(other => meets(box, other));
  }

  // The first of some boxes that is free, which is taken then.
  first<B extends Box>(boxes: B[]): B | undefined {
    const found = boxes.find(box => this.isFree(box));
    if (found) this.take(found);
    return found;
  }
}

function meets(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
